# Starts the workflow for the objects that the buckets have already, as uploads would.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "states" {
  service_name = "states"
}

locals {
  _account   = data.aws_caller_identity.current.account_id
  _partition = data.aws_partition.current.partition
  _region    = data.aws_service_principal.states.region
  _templates = "${path.module}/../../statemachine"
  _name      = "${var.prefix}-backfill"
  _arn       = { for kind in ["execution", "mapRun", "stateMachine"] : kind => "arn:${local._partition}:states:${local._region}:${local._account}:${kind}:${local._name}" }

  _buckets        = [for arn in var.bucket_arns : split(":", arn)[5]]
  _results_bucket = split(":", var.results_bucket_arn)[5]
  _results_prefix = "backfill/"
  _owners         = distinct([local._account, var.document_bucket_owner]) # of inventories and results
  _inventories    = [for arn in var.inventory_bucket_arns : "${arn}/*"]

  # Without whitespace, and of all policies of a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  _most_characters = 10240

  # What inputs add to the policy, and the most that the rest takes, whose ARNs are known after apply only.
  _characters = 3000 + length(jsonencode(concat(var.bucket_arns, local._inventories)))

  # What the upload of the item would have sent: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
  _event = "{ 'source': 'aws.s3', 'id': $states.input.BatchInput.backfill, 'detail': { 'bucket': { 'name': $states.input.Items[0].bucket }, 'object': { 'key': $states.input.Items[0].key } } }"

  # An Express run is waited for in the call that starts it, a Standard one is looked at from time to time.
  # https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
  _look_seconds = 60
  _start = {
    EXPRESS  = { resource = "aws-sdk:sfn:startSyncExecution", seconds = var.workflow.seconds + 30, is_followed = false }
    STANDARD = { resource = "aws-sdk:sfn:startExecution", seconds = local._look_seconds, is_followed = true }
  }[var.workflow.type]

  # The two sources of https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
  _readers = {
    Prefix = {
      resource   = "s3:listObjectsV2"
      input_type = null
      arguments  = { Bucket = "{% ${local._bucket} %}", Prefix = "{% $states.input.prefix %}" }
      bucket     = local._bucket
      key        = "$states.context.Map.Item.Value.Key"
    }
    # An inventory writes keys as in a URL, and may list older versions and delete markers too.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html
    Inventory = {
      resource   = "s3:getObject"
      input_type = "MANIFEST"
      arguments = {
        Bucket = "{% $substringBefore($substringAfter($states.input.inventory, 's3://'), '/') %}"
        Key    = "{% $substringAfter($substringAfter($states.input.inventory, 's3://'), '/') %}"
      }
      bucket = "$states.context.Map.Item.Value.Bucket"
      key    = "( $row := $states.context.Map.Item.Value; $row.IsLatest = 'false' or $row.IsDeleteMarker = 'true' ? '' : $decodeUrlComponent($replace($row.Key, '+', '%20')) )"
    }
  }

  _bucket = "($exists($states.input.bucket) ? $states.input.bucket : '${local._buckets[0]}')"

  _files    = { for name in ["count", "is_document", "problem", "run", "side"] : name => "${local._templates}/expressions/backfill/${name}.jsonata" }
  _prefixes = { prefixes = contains(var.document_prefixes, "") ? [""] : var.document_prefixes }

  _values = merge(local._prefixes, {
    buckets     = jsonencode(local._buckets)
    is_document = templatefile(local._files.is_document, local._prefixes)
    side        = file(local._files.side)
  })
}

module "expressions" {
  source      = "../jsonata"
  expressions = { for name, file in local._files : name => templatefile(file, local._values) }
}

resource "aws_cloudwatch_log_group" "backfill" {
  name              = "/aws/vendedlogs/states/${local._name}"
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sfn_state_machine" "backfill" {
  # checkov:skip=CKV_AWS_285: trade data is confidential, so the logs hold it only where log_execution_data asks for it
  name     = local._name
  type     = "STANDARD"
  role_arn = aws_iam_role.backfill.arn
  tags     = var.tags

  definition = templatefile("${local._templates}/backfill.asl.json.tftpl", {
    partition                 = local._partition
    expressions               = module.expressions.lines
    readers                   = local._readers
    rehearsal_batch           = 1000
    max_concurrency           = var.max_concurrency
    tolerated_failure_percent = var.tolerated_failure_percent
    start                     = merge(local._start, { input = local._event })
    look_seconds              = local._look_seconds
    retry = jsonencode([
      { ErrorEquals = ["States.ALL"], IntervalSeconds = 2, MaxAttempts = 12, BackoffRate = 2, MaxDelaySeconds = 120, JitterStrategy = "FULL" }
    ])
    workflow_alias_arn = var.workflow.alias_arn
    results_bucket     = local._results_bucket
    results_prefix     = local._results_prefix
  })

  logging_configuration {
    level                  = var.logs.level
    include_execution_data = var.logs.execution_data
    log_destination        = "${aws_cloudwatch_log_group.backfill.arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.kms_key_arn
    kms_data_key_reuse_period_seconds = 300
  }

  # Each child ends at its next state, which the call of an Express run or a wait may keep from it for five minutes:
  # https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
  timeouts {
    delete = "15m"
  }

  depends_on = [aws_iam_role_policy.backfill]
}
