resource "aws_ssm_parameter" "runtime_arn" {
  for_each = var.runtime_arns

  name        = "${var.parameter_prefix}/${each.key}/arn"
  description = "AgentCore runtime that serves ${each.key}. Read at the start of every run."
  type        = "String"
  value       = each.value
  tags        = var.tags
}
