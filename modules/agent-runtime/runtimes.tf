resource "aws_bedrockagentcore_agent_runtime" "this" {
  for_each = var.runtimes

  agent_runtime_name    = local._names[each.key].runtime
  description           = coalesce(each.value.description, "The agent ${each.key} of ${var.prefix}.")
  role_arn              = aws_iam_role.runtime[each.key].arn
  environment_variables = each.value.environment
  tags                  = var.tags

  agent_runtime_artifact {
    container_configuration {
      container_uri = each.value.image_uri
    }
  }

  network_configuration {
    network_mode = each.value.network == null ? "PUBLIC" : "VPC"

    dynamic "network_mode_config" {
      for_each = each.value.network == null ? [] : [each.value.network]

      content {
        subnets         = network_mode_config.value.subnet_ids
        security_groups = network_mode_config.value.security_group_ids
      }
    }
  }

  protocol_configuration {
    server_protocol = each.value.protocol
  }

  # A runtime fails to start when its role may not pull the image yet.
  depends_on = [aws_iam_role_policy.runtime]
}

# Beside DEFAULT, which AWS creates and which follows the latest version.
resource "aws_bedrockagentcore_agent_runtime_endpoint" "this" {
  for_each = merge([
    for agent, runtime in var.runtimes : {
      for name, endpoint in runtime.endpoints : "${agent}/${name}" => merge(endpoint, { agent = agent, name = name })
    }
  ]...)

  name                  = each.value.name
  agent_runtime_id      = aws_bedrockagentcore_agent_runtime.this[each.value.agent].agent_runtime_id
  agent_runtime_version = coalesce(each.value.version, aws_bedrockagentcore_agent_runtime.this[each.value.agent].agent_runtime_version)
  description           = each.value.description
  tags                  = var.tags
}
