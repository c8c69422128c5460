data "aws_iam_policy_document" "good" {
  statement {
    actions = ["lambda:InvokeFunction"]
    resources = [
      "arn:aws:lambda:eu-west-1:111122223333:function:orders",
      "arn:aws:lambda:eu-west-1:111122223333:function:orders:*",
    ]
  }
  statement {
    actions   = ["dynamodb:Query", "dynamodb:UpdateItem"]
    resources = ["arn:aws:dynamodb:*:${var.account}:table/orders", "arn:aws:dynamodb:*:${var.account}:table/orders/index/*"]
  }
  statement {
    actions   = ["states:StopExecution"]
    resources = ["arn:aws:states:eu-west-1:${var.account}:execution:orders:*"]
  }
  statement {
    actions   = ["lambda:GetFunction", "lambda:List*"]
    resources = ["arn:aws:lambda:eu-west-1:111122223333:function:orders-*"]
  }
  # * because AgentCore ends the id of a runtime with characters of its own
  statement {
    actions   = ["bedrock-agentcore:InvokeAgentRuntime"]
    resources = ["arn:aws:bedrock-agentcore:eu-west-1:${var.account}:runtime/orders-*"]
  }
}

variable "account" {
  type = string
}
