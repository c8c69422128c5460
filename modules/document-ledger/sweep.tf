# Express emits no event when it ends a run, so a schedule looks for claims whose lease has expired. It also resumes what waits.

locals {
  _templates = "${path.module}/../../statemachine"
  _region    = data.aws_service_principal.caller["states"].region
  _account   = data.aws_caller_identity.current.account_id
  _queue     = "${var.prefix}-dead-letters"
  _indexes   = { due = "due", waiting = "waiting" }

  _retries = jsondecode(file("${local._templates}/retries.json"))

  _values = {
    partition             = data.aws_partition.current.partition
    ledger_table          = aws_dynamodb_table.ledger.name
    indexes               = local._indexes
    dead_letter_queue_url = aws_sqs_queue.dead_letters.url
    workflow              = var.prefix
    metrics_namespace     = var.metrics_namespace
    retention_seconds     = var.retention_days * 24 * 60 * 60
    service_seconds       = 5
    service_retry         = jsonencode(local._retries.service)
    best_effort_retry     = jsonencode(local._retries.best_effort)

    # So many records with the longest names fit the 256 KiB of a state: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    page = 25

    # How long a sweep looks for dead runs, and resumes documents until the next one takes over.
    seconds        = "(($millis() - $toMillis($states.context.Execution.StartTime)) / 1000)"
    dead_seconds   = 30
    resume_seconds = 54
    round_seconds  = 3

    workflow_alias_arn       = var.workflow_alias_arn
    circuit_table            = var.circuit_table.name
    circuit_breakers         = var.circuit_breakers
    qualifiers               = { for name, runtime in var.runtimes : name => runtime.qualifier }
    queues                   = concat(keys(var.circuit_breakers), ["admission"])
    places_key               = "admission"
    max_concurrent_documents = var.max_concurrent_documents
    max_milliseconds         = var.deferral.max_hours * 60 * 60 * 1000
    throttled_seconds        = 2
    starts_per_second        = max(1, floor(var.new_sessions_per_second / 3))
  }
}

module "expressions" {
  source = "../jsonata"

  expressions = {
    for file in fileset("${local._templates}/expressions/sweep", "*.jsonata") :
    trimsuffix(file, ".jsonata") => templatefile("${local._templates}/expressions/sweep/${file}", local._values)
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "caller" {
  for_each = toset(["events", "scheduler", "states"])

  service_name = each.key
}

resource "aws_cloudwatch_log_group" "sweep" {
  name              = "/aws/vendedlogs/states/${var.prefix}-sweep"
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sfn_state_machine" "sweep" {
  # checkov:skip=CKV_AWS_285: trade data is confidential, so the logs hold it only where log_execution_data asks for it
  name     = "${var.prefix}-sweep"
  type     = "EXPRESS"
  role_arn = aws_iam_role.sweep.arn
  tags     = var.tags

  definition = templatefile("${local._templates}/sweep.asl.json.tftpl", merge(local._values, { expressions = module.expressions.lines }))

  logging_configuration {
    level                  = var.logs.level
    include_execution_data = var.logs.execution_data
    log_destination        = "${aws_cloudwatch_log_group.sweep.arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.kms_key_arn
    kms_data_key_reuse_period_seconds = 300
  }

  depends_on = [aws_iam_role_policy.sweep]
}

# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
resource "aws_scheduler_schedule" "sweep" {
  name                = "${var.prefix}-sweep"
  description         = "Looks for documents whose run ended without an outcome."
  schedule_expression = "rate(1 minutes)"
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.sweep.arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{}"

    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 1
    }
  }

  depends_on = [aws_iam_role_policy.schedule]
}

data "aws_iam_policy_document" "trust" {
  for_each = {
    states    = "stateMachine:${var.prefix}-sweep"
    scheduler = "schedule-group/default"
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  statement {
    sid     = "Assume"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [data.aws_service_principal.caller[each.key].name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local._account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${data.aws_partition.current.partition}:${each.key}:${local._region}:${local._account}:${each.value}"]
    }
  }
}

resource "aws_iam_role" "sweep" {
  name                 = "${var.prefix}-sweep-${local._region}"
  description          = "What the sweep of dead runs may do."
  assume_role_policy   = data.aws_iam_policy_document.trust["states"].json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # The new role exists before the one in use is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "sweep" {
  source_policy_documents = [var.base_policy]

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
  statement {
    sid       = "FindDueDocuments"
    actions   = ["dynamodb:Query"]
    resources = [for name in values(local._indexes) : "${aws_dynamodb_table.ledger.arn}/index/${name}"]
  }

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
  statement {
    sid       = "ReadCircuitsGiveBackPlaces"
    actions   = concat(["dynamodb:Scan"], var.max_concurrent_documents == null ? [] : ["dynamodb:UpdateItem"])
    resources = [var.circuit_table.arn]
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/concept-create-iam-advanced.html
  statement {
    sid       = "ResumeDocuments"
    actions   = ["states:StartExecution"]
    resources = [var.workflow_alias_arn]
  }

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
  statement {
    sid       = "MarkDeadRuns"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.ledger.arn]
  }

  # Checked on the runtime and on its endpoint: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  dynamic "statement" {
    for_each = length(var.runtimes) == 0 ? [] : [1]

    content {
      sid       = "StopSessionsOfDeadRuns"
      actions   = ["bedrock-agentcore:StopRuntimeSession"]
      resources = flatten([for runtime in values(var.runtimes) : [for arn in runtime.arns : [arn, "${arn}/runtime-endpoint/${runtime.qualifier}"]]])
    }
  }

  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
  statement {
    sid       = "SendDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }
}

resource "aws_iam_role_policy" "sweep" {
  name   = "sweep"
  role   = aws_iam_role.sweep.id
  policy = data.aws_iam_policy_document.sweep.json

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "schedule" {
  name                 = "${var.prefix}-schedule-${local._region}"
  description          = "Starts the sweep of dead runs."
  assume_role_policy   = data.aws_iam_policy_document.trust["scheduler"].json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags

  # The new role exists before the one in use is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "schedule" {
  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html
  statement {
    sid       = "StartSweep"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.sweep.arn]
  }

  # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
  statement {
    sid       = "ReadSchedule"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:scheduler:schedule:arn"
      values   = ["arn:${data.aws_partition.current.partition}:scheduler:${local._region}:${local._account}:schedule/default/${var.prefix}-sweep"]
    }
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "schedule"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json

  lifecycle {
    create_before_destroy = true
  }
}
