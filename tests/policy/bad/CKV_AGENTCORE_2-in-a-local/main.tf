# …:bedrock-agentcore:eu-west-1:${data.aws_caller_identity.current.account_id}:runtime/pricing-a1B2c3D4e5 is one deployment of an agent.
data "aws_caller_identity" "current" {}

locals {
  agents = {
    pricing = "arn:aws:bedrock-agentcore:eu-west-1:${data.aws_caller_identity.current.account_id}:runtime/pricing-a1B2c3D4e5"
  }
}

resource "aws_ssm_parameter" "bad" {
  for_each = local.agents
  name     = "/agents/${each.key}"
  type     = "String"
  value    = each.value
}
