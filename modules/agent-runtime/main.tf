# AgentCore runtimes for the agents of the orchestrator, each with a role that may do what the runtime itself needs, and what
# policy_documents add. Independent of the root module, which accepts the ARNs of runtimes, whoever created them.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "agentcore" {
  service_name = "bedrock-agentcore"
}

locals {
  _account   = data.aws_caller_identity.current.account_id
  _partition = data.aws_partition.current.partition
  _region    = data.aws_service_principal.agentcore.region

  # Names of runtimes have no hyphens and at most 48 characters, names of roles are global and have at most 64:
  # https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  _names = {
    for agent in keys(var.runtimes) : agent => {
      runtime = replace("${var.prefix}-${agent}", "-", "_")
      role    = "${var.prefix}-${agent}-${local._region}"
    }
  }

  # ACCOUNT.dkr.ecr.REGION.SUFFIX/REPOSITORY:TAG
  _images = { for agent, runtime in var.runtimes : agent => regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.[a-z.]+/(?P<repository>[^:@]+)", runtime.image_uri) }
}

data "aws_iam_policy_document" "trust" {
  # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  statement {
    sid     = "AgentCore"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [data.aws_service_principal.agentcore.name]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local._account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local._partition}:bedrock-agentcore:${local._region}:${local._account}:*"]
    }
  }
}

resource "aws_iam_role" "runtime" {
  for_each = var.runtimes

  name                 = local._names[each.key].role
  description          = "What the agent ${each.key} of ${var.prefix} may do."
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary_arn
  tags                 = var.tags
}

data "aws_iam_policy_document" "runtime" {
  for_each = var.runtimes

  source_policy_documents = each.value.policy_documents

  # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${local._partition}:ecr:${local._images[each.key].region}:${local._images[each.key].account}:repository/${local._images[each.key].repository}"]
  }

  # * because a token is for the registry as a whole: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
  statement {
    sid       = "AuthorizeAtRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  # The group's name begins with the runtime's: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for suffix in ["", ":log-stream:*"] : "arn:${local._partition}:logs:${local._region}:${local._account}:log-group:/aws/bedrock-agentcore/runtimes/${local._names[each.key].runtime}-*${suffix}"]
  }

  # https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  statement {
    sid       = "FindLogGroups"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${local._partition}:logs:${local._region}:${local._account}:log-group:*"]
  }

  # * because X-Ray has no resources for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
  statement {
    sid       = "Trace"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }

  # * because CloudWatch knows no resource for a metric, only a namespace: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
  statement {
    sid       = "PutMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["bedrock-agentcore"]
    }
  }

  # By name, since the state machine is made with the runtime's ARN. AWS checks these on the state machine of the token:
  # https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
  dynamic "statement" {
    for_each = each.value.callback_state_machine == null ? [] : [each.value.callback_state_machine]

    content {
      sid       = "SendReplies"
      actions   = ["states:SendTaskFailure", "states:SendTaskHeartbeat", "states:SendTaskSuccess"]
      resources = ["arn:${local._partition}:states:${local._region}:${local._account}:stateMachine:${statement.value}"]
    }
  }
}

resource "aws_iam_role_policy" "runtime" {
  for_each = var.runtimes

  name   = "runtime"
  role   = aws_iam_role.runtime[each.key].id
  policy = data.aws_iam_policy_document.runtime[each.key].json
}
