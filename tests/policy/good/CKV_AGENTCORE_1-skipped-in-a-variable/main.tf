resource "aws_ssm_parameter" "good" {
  name  = "/orders/since"
  type  = "String"
  value = "2024-09-17"
}

variable "publisher" {
  # checkov:skip=CKV_AGENTCORE_1: the account of a public publisher, the same for everyone
  type    = string
  default = "444455556666"
}
