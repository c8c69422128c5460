# Line 7 of ask.asl.json.tftpl holds one deployment of an agent: …:bedrock-agentcore:eu-west-1:${account}:runtime/pricing-a1B2c3D4e5
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = templatefile("./ask.asl.json.tftpl", { partition = "aws", seconds = 60 })

  logging_configuration {
    level = "ERROR"
  }

  tracing_configuration {
    enabled = true
  }
}

variable "role_arn" {
  type = string
}
