# Several instances of the module side by side, as the benchmark of growth applies them.

module "orchestrator" {
  source   = "../../.."
  for_each = toset([for number in range(var.instances) : format("grown%02d", number)])

  name                 = each.key
  environment          = "dev"
  parameter_prefix     = "/${each.key}/agents"
  agents               = { for agent, arn in var.runtime_arns : agent => { runtime_arn = arn } }
  document_bucket_arns = ["arn:aws:s3:::grown-documents"]
  deletion_protection  = false
}
