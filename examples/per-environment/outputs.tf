output "documents_bucket" {
  description = "Name of the bucket for the confirmations."
  value       = module.documents.name
}

output "orchestrator" {
  description = "Outputs of the module, without the long texts."
  value       = { for name, value in module.orchestrator : name => value if !contains(["kms_key_policy", "state_machine_definition"], name) }
}
