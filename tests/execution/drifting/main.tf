# Never settled: every plan finds another time.
resource "terraform_data" "clock" {
  input = timestamp()
}
