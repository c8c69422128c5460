resource "aws_cloudwatch_log_group" "workflow" {
  # Log groups under this prefix do not count towards the size limit of the account's log resource policy:
  # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
  name              = "/aws/vendedlogs/states/${var.prefix}"
  retention_in_days = var.logs.retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sfn_state_machine" "workflow" {
  # checkov:skip=CKV_AWS_285: trade data is confidential, so the logs hold it only where log_execution_data asks for it
  name       = var.prefix
  type       = var.workflow_type
  role_arn   = aws_iam_role.workflow.arn
  definition = local.definition
  publish    = true
  tags       = var.tags

  # Omitting a block does not disable it on an existing state machine, so both are always set.
  logging_configuration {
    level                  = var.logs.level
    include_execution_data = var.logs.execution_data
    log_destination        = "${aws_cloudwatch_log_group.workflow.arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = var.kms_key_arn
    kms_data_key_reuse_period_seconds = 300
  }

  # A deletion completes when each run has come to its next state, and ended there: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
  timeouts {
    delete = "${ceil(local.machine_seconds / 60) + 5}m"
  }

  lifecycle {
    precondition {
      condition     = var.workflow_type != "EXPRESS" || local.single_attempts_seconds + local._margin_seconds <= local._express_seconds
      error_message = "One attempt of each agent takes up to ${local.single_attempts_seconds} s (the timeouts plus ${local._overhead_seconds} s for AWS's own calls), and an Express run ends at ${local._express_seconds} s less a margin of ${local._margin_seconds} s: shorten timeout_seconds of the slowest agents, or set workflow_type = \"STANDARD\"."
    }

    precondition {
      condition     = var.workflow_type == "STANDARD" || length(local._called_back) == 0
      error_message = "An Express workflow cannot wait for callbacks: leave completion of ${join(", ", local._called_back)} at response, or set workflow_type = \"STANDARD\"."
    }

    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    precondition {
      condition     = !var.logs.execution_data || length(local._called_back) == 0
      error_message = "With log_execution_data the log would hold the task tokens of ${join(", ", local._called_back)}, with which anybody may send their replies: set log_execution_data = false, or leave completion at response."
    }

    precondition {
      condition     = alltrue([for arn in local._runtime_arns : join(":", slice(split(":", arn), 1, 4)) == "${var.partition}:bedrock-agentcore:${local._region}"])
      error_message = "Step Functions calls runtimes of its own region only, ${local._region}: give agents runtime_arn and standby_runtime_arns of that region."
    }

    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    precondition {
      condition     = alltrue([for arn in var.document_bucket_arns : split(":", arn)[1] == var.partition])
      error_message = "No role reaches a bucket of another partition than its own, ${var.partition}: write document_bucket_arns as arn:${var.partition}:s3:::BUCKET."
    }

    # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/resource-based-policies.html
    precondition {
      condition     = alltrue([for arn in local._runtime_arns : contains(concat([local._account], var.runtime_account_ids), split(":", arn)[4])])
      error_message = "A runtime in agents is in another account than this one, ${local._account}: if it should be, put that account into runtime_account_ids, and let the resource policies of the runtime and its endpoint allow the role of the output role_arn."
    }

    precondition {
      condition     = split(":", var.kms_key_arn)[3] == local._region
      error_message = "A key encrypts in its own region only: give kms_key_arn a key of ${local._region}."
    }

    precondition {
      condition     = length(setintersection(var.accepted_classifications, var.exception_classifications)) == 0
      error_message = "A classification is in accepted_classifications and in exception_classifications: keep it in one of them."
    }
  }

  # The provider retries a role that is not ready yet on create only, and the first run needs its policies.
  depends_on = [aws_iam_role_policy.workflow]
}

# By a computed ARN: a reference to the state machine would defer the read to the apply where that changes too.
data "aws_sfn_state_machine_versions" "published" {
  count = var.live_version == null ? 0 : 1

  statemachine_arn = local._state_machine_arn
}

locals {
  _versions = [for arn in flatten(data.aws_sfn_state_machine_versions.published[*].statemachine_versions) : tonumber(reverse(split(":", arn))[0])]
}

resource "aws_sfn_alias" "live" {
  name = "live"

  routing_configuration {
    state_machine_version_arn = var.live_version == null ? aws_sfn_state_machine.workflow.state_machine_version_arn : "${aws_sfn_state_machine.workflow.arn}:${var.live_version}"
    weight                    = 100
  }

  # A state machine is deleted with its aliases: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
  lifecycle {
    replace_triggered_by = [aws_sfn_state_machine.workflow.id]

    precondition {
      condition     = var.live_version == null ? true : contains(local._versions, var.live_version)
      error_message = "The state machine ${var.prefix} has no version ${coalesce(var.live_version, 0)}, but ${join(", ", local._versions)}: set state_machine_version to one of these, or leave it out for the latest."
    }
  }
}
