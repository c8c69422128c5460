# One key for all data at rest of an instance. Its policy names each resource: an instance whose name begins with this one's has a
# key of its own.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_service_principal" "caller" {
  for_each = toset(["cloudwatch", "delivery.logs", "events", "logs"])

  service_name = each.key
}

locals {
  _account = data.aws_caller_identity.current.account_id
  _region  = data.aws_service_principal.caller["logs"].region
  _arn     = { for service in ["cloudwatch", "logs", "scheduler", "sns", "sqs", "states"] : service => "arn:${data.aws_partition.current.partition}:${service}:${local._region}:${local._account}" }

  _state_machines = [for part in ["", "-sweep", "-backfill"] : "${var.prefix}${part}"]

  _use = ["kms:Decrypt", "kms:GenerateDataKey"]

  # What the account's principals may do with the key, as far as IAM allows it too, with which encryption context, and through
  # which service.
  _by_principals = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    Tables = {
      service = "dynamodb"
      actions = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      context = "aws:dynamodb:tableName"
      values  = ["${var.prefix}-circuits", "${var.prefix}-ledger"]
    }
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    Queue = { service = "sqs", actions = local._use, context = "aws:sqs:arn", values = ["${local._arn.sqs}:${var.prefix}-dead-letters"] }
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    Topic = { service = "sns", actions = local._use, context = "aws:sns:topicArn", values = ["${local._arn.sns}:${var.prefix}-alarms"] }
    # No service for what follows: the roles of schedules and state machines call KMS themselves, and would be denied.
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
    Schedule = { actions = local._use, context = "aws:scheduler:schedule:arn", values = ["${local._arn.scheduler}:schedule/default/${var.prefix}-sweep"] }
    # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    StateMachines = {
      actions = local._use
      context = "aws:states:stateMachineArn"
      values  = [for name in local._state_machines : "${local._arn.states}:stateMachine:${name}"]
    }
    LogsOfStateMachines = { actions = ["kms:GenerateDataKey"], context = "SourceArn", values = ["${local._arn.logs}:*"] }
  }

  # What services may do with the key as themselves.
  _by_services = {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    LogGroups = {
      service  = data.aws_service_principal.caller["logs"].id # regional
      actions  = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for name in local._state_machines : "${local._arn.logs}:log-group:/aws/vendedlogs/states/${name}"]
    }
    # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    LogDelivery = {
      service  = data.aws_service_principal.caller["delivery.logs"].name
      actions  = ["kms:Decrypt"]
      variable = "kms:EncryptionContext:SourceArn"
      values   = ["${local._arn.logs}:*"]
    }
    # Alarms of other instances match too, but reach the key only through the topic, whose policy names each alarm.
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    Alarms = {
      service  = data.aws_service_principal.caller["cloudwatch"].name
      actions  = local._use
      variable = "aws:SourceArn"
      values   = ["${local._arn.cloudwatch}:alarm:${var.prefix}-*"]
    }
    # Events that cannot be delivered are sent to the queue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    # Not by aws:SourceArn, which EventBridge does not support for encrypted topics: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    UndeliveredUploads = {
      service  = data.aws_service_principal.caller["events"].name
      actions  = local._use
      variable = "kms:EncryptionContext:aws:sqs:arn"
      values   = ["${local._arn.sqs}:${var.prefix}-dead-letters"]
    }
  }
}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109: the resource of a key policy is always the key itself
  # checkov:skip=CKV_AWS_111: the resource of a key policy is always the key itself
  # checkov:skip=CKV_AWS_356: the resource of a key policy is always the key itself

  # Without use of the key for encryption: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
  # * because the resource of a key policy is always the key itself
  statement {
    sid = "AdministerKey"
    actions = [
      "kms:CancelKeyDeletion",
      "kms:CreateAlias",
      "kms:DeleteAlias",
      "kms:DescribeKey",
      "kms:DisableKey",
      "kms:DisableKeyRotation",
      "kms:EnableKey",
      "kms:EnableKeyRotation",
      "kms:Get*",
      "kms:List*",
      "kms:PutKeyPolicy",
      "kms:RevokeGrant",
      "kms:RotateKeyOnDemand",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription",
    ]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local._account}:root"]
    }
  }

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  # * because the resource of a key policy is always the key itself
  statement {
    sid       = "LetDynamoDBKeepGrants"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local._account}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local._region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }

  dynamic "statement" {
    for_each = local._by_principals

    # * because the resource of a key policy is always the key itself
    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local._account}:root"]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:${statement.value.context}"
        values   = statement.value.values
      }

      dynamic "condition" {
        for_each = can(statement.value.service) ? [statement.value.service] : []

        content {
          test     = "StringEquals"
          variable = "kms:ViaService"
          values   = ["${condition.value}.${local._region}.${data.aws_partition.current.dns_suffix}"]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = local._by_services

    # * because the resource of a key policy is always the key itself
    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value.service]
      }

      condition {
        test     = "ArnLike"
        variable = statement.value.variable
        values   = statement.value.values
      }
    }
  }
}

resource "aws_kms_key" "this" {
  count = var.create_key ? 1 : 0

  description             = "Data at rest of ${var.prefix}."
  policy                  = data.aws_iam_policy_document.key.json
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  count = var.create_key ? 1 : 0

  name          = "alias/${var.prefix}"
  target_key_id = aws_kms_key.this[0].key_id
}
