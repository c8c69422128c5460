# A claims desk with a state machine of its own: triage, two assessors side by side, and a settlement that a person confirms. It
# calls agents as the confirmation workflow does, by the blocks of modules/agent-call.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

locals {
  _account = data.aws_caller_identity.current.account_id
  _region  = data.aws_service_principal.states.region

  name = "claims-desk-${var.environment}"
}

resource "aws_sfn_state_machine" "desk" {
  # checkov:skip=CKV_AWS_285: claims are confidential, so the logs show the path of a run only
  name     = local.name
  role_arn = aws_iam_role.desk.arn

  definition = templatefile("${path.module}/claims-desk.asl.json.tftpl", {
    partition       = data.aws_partition.current.partition
    agent_seconds   = sum(values(module.agents.seconds))
    confirm_seconds = var.confirm_days * 24 * 60 * 60
    confirmations   = aws_sqs_queue.confirmations.url
    blocks          = module.agents.blocks
  })

  logging_configuration {
    level           = "ALL"
    log_destination = "${aws_cloudwatch_log_group.desk.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.desk]
}

resource "aws_cloudwatch_log_group" "desk" {
  name              = "/aws/vendedlogs/states/${local.name}"
  retention_in_days = 365
  kms_key_id        = module.encryption.key_arn
}

# What people are asked to confirm: a message has the token that ends the wait.
resource "aws_sqs_queue" "confirmations" {
  name                      = "${local.name}-confirmations"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_dynamodb_table" "circuits" {
  name         = "${local.name}-circuits"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "agent"

  attribute {
    name = "agent"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = module.encryption.key_arn
  }
}

module "encryption" {
  source = "../../modules/encryption"

  prefix = local.name
}
