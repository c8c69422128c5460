# Line 5 of main.tf skips CKV_AWS_337 without a reason.
resource "aws_ssm_parameter" "bad" {
  # checkov:skip=CKV2_AWS_34: it is no secret
  name = "/orders/since"
  # checkov:skip=CKV_AWS_337
  type  = "String"
  value = "2024-09-17"
}
