resource "aws_ssm_parameter" "good" {
  # checkov:skip=CKV2_AWS_34,CKV_AWS_337: it is no secret
  name  = "/orders/since"
  type  = "String" # checkov:skip=CKV_AGENTCORE_1:nothing to see
  value = "2024-09-17"
}
