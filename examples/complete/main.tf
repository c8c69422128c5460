# What a production environment sets: slow agents, runtimes to switch between, a key and a permissions boundary of the account's
# own, an address for alarms, and deletion protection: a destroy deletes no record, dead letter, log or document.

locals {
  name = "confirmations"
  tags = { CostCenter = "operations" }
}

data "aws_caller_identity" "current" {}

# Looked up, so that a plan fails where the boundary does not exist, not the apply.
data "aws_iam_policy" "boundary" {
  count = var.permissions_boundary_arn == null ? 0 : 1

  arn = var.permissions_boundary_arn
}

module "orchestrator" {
  source = "../.."

  name                     = local.name
  environment              = var.environment
  workflow_type            = "STANDARD"
  parameter_prefix         = "/agentcore/${var.environment}/agents"
  document_bucket_arns     = [module.documents.arn]
  document_ledger          = { retention_days = 3653, pending_hours = 48 }
  create_kms_key           = false
  kms_key_arn              = aws_kms_key.this.arn
  permissions_boundary_arn = one(data.aws_iam_policy.boundary[*].arn)
  log_retention_days       = 3653
  alarms                   = { failed_percent = 5, sessions_per_second = 40 }
  alarm_actions            = var.alarm_actions
  deletion_protection      = var.deletion_protection
  tags                     = local.tags

  agents = {
    pdf-adapter          = merge(var.runtimes["pdf-adapter"], { timeout_seconds = 120 })
    trade-extraction     = merge(var.runtimes["trade-extraction"], { timeout_seconds = 60 })
    exception-management = merge(var.runtimes["exception-management"], { timeout_seconds = 60 })

    # Up to 335 s were measured, so a run may last longer than Express allows. An expensive call is retried less often,
    # and its circuit opens sooner and stays open longer.
    trade-matching = merge(var.runtimes["trade-matching"], {
      timeout_seconds = 400
      retry           = { max_attempts = 2, interval_seconds = 5, max_delay_seconds = 60 }
      circuit_breaker = { failure_threshold = 3, open_seconds = 300, half_open_max_calls = 1 }
    })
  }
}

module "documents" {
  source = "../../modules/document-bucket"

  name          = "${local.name}-${var.environment}-${data.aws_caller_identity.current.account_id}"
  force_destroy = !var.deletion_protection
  tags          = local.tags
}

# The policy follows from the name of the instance, so the module returns it before the key exists.
resource "aws_kms_key" "this" {
  description         = "Data at rest of ${local.name}-${var.environment}."
  policy              = module.orchestrator.kms_key_policy
  enable_key_rotation = true
  tags                = local.tags
}

resource "aws_sns_topic_subscription" "on_call" {
  topic_arn = module.orchestrator.alarm_topic_arn
  protocol  = "email"
  endpoint  = var.on_call_email
}
