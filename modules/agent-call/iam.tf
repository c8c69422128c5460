data "aws_partition" "current" {}

data "aws_iam_policy_document" "calls" {
  # Checked on the runtime and on its endpoint: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html
  statement {
    sid     = "CallAgents"
    actions = concat(["bedrock-agentcore:InvokeAgentRuntime"], var.stop_sessions ? ["bedrock-agentcore:StopRuntimeSession"] : [])

    resources = flatten([
      for agent in values(var.agents) : [
        for arn in concat([agent.runtime_arn], agent.standby_runtime_arns) : [arn, "${arn}/runtime-endpoint/${agent.qualifier}"]
      ]
    ])
  }

  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html
  statement {
    sid       = "KeepCircuits"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [var.circuit_table.arn]
  }
}
