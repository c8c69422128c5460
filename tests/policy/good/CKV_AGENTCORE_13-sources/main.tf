data "aws_iam_policy_document" "good" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["bedrock-agentcore.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account]
    }
  }

  # Lambda says for no account that it acts.
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = ["*"] # * because the resource of a key policy is always the key itself

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = var.rules

      content {
        test     = "ArnEquals"
        variable = "AWS:SourceArn"
        values   = [condition.value]
      }
    }
  }
}

variable "account" {
  type = string
}

variable "rules" {
  type = list(string)
}
