# Line 4 of main.tf holds one deployment of an agent: …:bedrock-agentcore:eu-west-1:${var.account_id}:harness/pricing-a1B2c3D4e5
locals {
  agents = {
    pricing = "arn:aws:bedrock-agentcore:eu-west-1:${var.account_id}:harness/pricing-a1B2c3D4e5"
  }
}

variable "account_id" {
  type = string
}

resource "aws_ssm_parameter" "bad" {
  for_each = local.agents
  name     = "/agents/${each.key}"
  type     = "String"
  value    = each.value
}
