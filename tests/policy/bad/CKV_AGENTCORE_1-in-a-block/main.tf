# Line 5 of main.tf holds what looks like an account id: 444455556666
resource "aws_ssm_parameter" "bad" {
  name  = "/orders/image"
  type  = "String"
  value = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/orders"
}
