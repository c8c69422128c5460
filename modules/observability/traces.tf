# Names are at most 32 characters: https://docs.aws.amazon.com/xray/latest/api/API_CreateGroup.html
resource "aws_xray_group" "this" {
  count = var.tracing ? 1 : 0

  group_name        = var.prefix
  filter_expression = "service(\"${var.state_machine.name}\")"
  tags              = var.tags
}

# Every run is traced: there are few, each is worth money, and X-Ray's own 5 % would leave out the one that is looked for.
resource "aws_xray_sampling_rule" "this" {
  count = var.tracing ? 1 : 0

  rule_name      = var.prefix
  version        = 1
  priority       = 1000
  reservoir_size = 1
  fixed_rate     = 1
  service_name   = var.state_machine.name
  service_type   = "*"
  resource_arn   = var.state_machine.arn
  host           = "*"
  http_method    = "*"
  url_path       = "*"
  tags           = var.tags
}
