# Line 9 of outputs.tf holds what looks like an account id: 444455556666
resource "aws_ssm_parameter" "bad" {
  name  = "/orders/since"
  type  = "String"
  value = "2024-09-17"
}
