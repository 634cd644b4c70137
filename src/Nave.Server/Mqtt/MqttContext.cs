using Microsoft.Extensions.Logging;
using Nave.Hub;
using Nave.Hub.Provisioning;

namespace Nave.Server.Mqtt;

/// <summary>What all connections of one MQTT head share.</summary>
internal sealed class MqttContext(
    HubHost hubs, IDeviceProvisioning? provisioning, MqttHeadOptions options, MqttMetrics metrics, TimeProvider time, ILogger<MqttHead> logger)
{
    public HubHost Hubs => hubs;

    /// <summary>Gets device provisioning; <see langword="null"/> = devices cannot be provisioned here.</summary>
    public IDeviceProvisioning? Provisioning => provisioning;

    public MqttHeadOptions Options => options;

    public MqttMetrics Metrics => metrics;

    public TimeProvider Time => time;

    public ILogger<MqttHead> Logger => logger;
}
