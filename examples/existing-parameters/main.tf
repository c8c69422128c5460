# The registry belongs to another team: its parameters say where the agents run, and this stack only reads them.

locals {
  agents = toset(["pdf-adapter", "trade-extraction", "trade-matching", "exception-management"])
}

data "aws_ssm_parameter" "runtime_arn" {
  for_each = local.agents

  name = "${var.parameter_prefix}/${each.key}/arn"
}

module "orchestrator" {
  source = "../.."

  name                 = "confirmations"
  environment          = var.environment
  create_parameters    = false
  parameter_prefix     = var.parameter_prefix
  document_bucket_arns = [var.documents_bucket_arn]
  deletion_protection  = false

  # Where standby_runtime_arns names all runtimes that the other team switches between, a switch never waits for an apply here.
  agents = {
    for agent, parameter in data.aws_ssm_parameter.runtime_arn : agent => {
      runtime_arn          = parameter.insecure_value
      standby_runtime_arns = lookup(var.standby_runtime_arns, agent, [])
    }
  }
}
