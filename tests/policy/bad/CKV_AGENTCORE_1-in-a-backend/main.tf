# Line 12 of main.tf holds what looks like an account id: 444455556666
resource "aws_ssm_parameter" "bad" {
  name  = "/orders/since"
  type  = "String"
  value = "2024-09-17"
}

terraform {
  backend "s3" {
    bucket = "state"
    assume_role = {
      role_arn = "arn:aws:iam::444455556666:role/state"
    }
  }
}
