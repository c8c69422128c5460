environment         = "prod"
region              = "us-east-1"
log_retention_days  = 365
deletion_protection = true

agents = {
  pdf-adapter          = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/pdf_adapter_prod-0000000001" }
  trade-extraction     = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/trade_extraction_prod-0000000001" }
  trade-matching       = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/trade_matching_prod-0000000001" }
  exception-management = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/exception_management_prod-0000000001" }
}
