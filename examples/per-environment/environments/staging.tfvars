environment         = "staging"
region              = "us-east-1"
log_retention_days  = 90
deletion_protection = false

agents = {
  pdf-adapter          = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/pdf_adapter_staging-0000000001" }
  trade-extraction     = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/trade_extraction_staging-0000000001" }
  trade-matching       = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/trade_matching_staging-0000000001" }
  exception-management = { runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/exception_management_staging-0000000001" }
}
