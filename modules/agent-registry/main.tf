data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "ssm" {
  service_name = "ssm"
}

locals {
  _parameters = "arn:${data.aws_partition.current.partition}:ssm:${data.aws_service_principal.ssm.region}:${data.aws_caller_identity.current.account_id}:parameter"
  _names      = { for agent in keys(var.runtime_arns) : agent => "${var.parameter_prefix}/${agent}/arn" }
}

resource "aws_ssm_parameter" "runtime_arn" {
  # checkov:skip=CKV2_AWS_34: a runtime's ARN is no secret, and decrypting it would cost every run a call to KMS
  for_each = var.create_parameters ? var.runtime_arns : {}

  name        = local._names[each.key]
  description = "AgentCore runtime that serves ${each.key}. Read at the start of every run."
  type        = "String"
  value       = each.value
  tags        = var.tags

  # Under another prefix the new parameters exist before the old ones are deleted.
  lifecycle {
    create_before_destroy = true
  }
}
