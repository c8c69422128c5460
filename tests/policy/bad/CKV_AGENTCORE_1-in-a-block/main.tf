# 444455556666 looks like an account id.
resource "aws_ssm_parameter" "bad" {
  name  = "/orders/image"
  type  = "String"
  value = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/orders"
}
