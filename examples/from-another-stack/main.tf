# Another stack, of another team: it reads the outputs of the orchestrator's stack from its state, and at the end of the day runs
# the workflow for all documents of that day, some at a time.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

data "terraform_remote_state" "orchestrator" {
  backend = var.orchestrator_state.backend
  config  = var.orchestrator_state.config
}

locals {
  _orchestrator = data.terraform_remote_state.orchestrator.outputs.orchestrator
  _account      = data.aws_caller_identity.current.account_id
  _region       = data.aws_service_principal.states.region

  name = "${local._orchestrator.state_machine_name}-end-of-day"
}

resource "aws_sfn_state_machine" "end_of_day" {
  # checkov:skip=CKV_AWS_285: the documents' names are confidential, so the logs show the path of a run only
  name     = local.name
  role_arn = aws_iam_role.end_of_day.arn

  definition = templatefile("${path.module}/end-of-day.asl.json.tftpl", {
    partition       = data.aws_partition.current.partition
    workflow        = local._orchestrator.state_machine_alias_arn
    max_concurrency = var.max_concurrency
  })

  logging_configuration {
    level           = "ALL"
    log_destination = "${aws_cloudwatch_log_group.end_of_day.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.end_of_day]
}

resource "aws_cloudwatch_log_group" "end_of_day" {
  name              = "/aws/vendedlogs/states/${local.name}"
  retention_in_days = 365
  kms_key_id        = module.encryption.key_arn
}

# The policy of the orchestrator's key names its own resources, and nothing else.
module "encryption" {
  source = "../../modules/encryption"

  prefix = local.name
}
