# A statement allows *.
resource "aws_iam_role_policy" "bad" {
  role   = "orders"
  policy = file("${path.module}/policy.json")
}
