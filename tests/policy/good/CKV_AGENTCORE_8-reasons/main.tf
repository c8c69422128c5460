data "aws_iam_policy_document" "good" {
  # * because X-Ray has no resource to name
  statement {
    actions   = ["xray:PutTraceSegments"]
    resources = ["*"]
  }
  dynamic "statement" {
    for_each = toset(["cloudwatch"])
    content {
      actions = ["cloudwatch:PutMetricData"]
      resources = [
        # * because PutMetricData supports none; the condition narrows it
        "*",
      ]
      condition {
        test     = "StringEquals"
        variable = "cloudwatch:namespace"
        values   = ["Orders"]
      }
    }
  }
  statement {
    actions   = ["logs:DescribeLogGroups"]
    resources = ["*"] # * because it lists them all
  }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["arn:aws:sqs:*:111122223333:orders"]
  }
}

resource "aws_iam_role_policy" "good" {
  role = "orders"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = "logs:DescribeLogGroups"
      # * because it lists them all
      Resource = "*"
    }]
  })
}
