# Line 10 of main.tf skips CKV_AGENTCORE_1 without a reason.
resource "aws_ssm_parameter" "bad" {
  name  = "/orders/since"
  type  = "String"
  value = "2024-09-17"
}

variable "publisher" {
  type = string
  # checkov:skip=CKV_AGENTCORE_1
  default = "444455556666"
}
