variable "runtime_arn" {
  description = "Such as arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/pricing-a1B2c3D4e5."
  type        = string
}

resource "aws_ssm_parameter" "good" {
  name  = "/agents/pricing"
  type  = "String"
  value = var.runtime_arn
}
