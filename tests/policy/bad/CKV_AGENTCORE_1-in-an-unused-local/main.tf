# Line 3 of locals.tf holds what looks like an account id: 444455556666
resource "aws_ssm_parameter" "bad" {
  name  = "/orders/since"
  type  = "String"
  value = "2024-09-17"
}

resource "aws_ssm_parameter" "bad_too" {
  name  = "/orders/until"
  type  = "String"
  value = "2024-09-17"
}
