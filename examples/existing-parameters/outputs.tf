output "orchestrator" {
  description = "Everything that the module tells."
  value       = module.orchestrator
}
