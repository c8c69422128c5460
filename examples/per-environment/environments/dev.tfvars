environment         = "dev"
region              = "us-east-1"
log_retention_days  = 30
deletion_protection = false

agents = {
  pdf-adapter          = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/pdf_adapter_dev-0000000001" }
  trade-extraction     = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/trade_extraction_dev-0000000001" }
  trade-matching       = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/trade_matching_dev-0000000001" }
  exception-management = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/exception_management_dev-0000000001" }
}
