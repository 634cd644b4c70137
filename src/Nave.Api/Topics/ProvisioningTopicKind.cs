namespace Nave.Api;

/// <summary>What a topic of the provisioning service is for.</summary>
public enum ProvisioningTopicKind
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>A device registers: <c>$dps/registrations/PUT/iotdps-register/?$rid=…</c>.</summary>
    Register,

    /// <summary>A device asks how its registration stands: <c>$dps/registrations/GET/iotdps-get-operationstatus/?$rid=…&amp;operationId=…</c>.</summary>
    GetOperation,

    /// <summary>The answer: <c>$dps/registrations/res/{status}/?$rid=…[&amp;retry-after=…]</c>.</summary>
    Response,
}
