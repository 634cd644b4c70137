using Microsoft.Extensions.Logging;
using Nave.Hub;

namespace Nave.Server.Mqtt;

/// <summary>What all connections of one MQTT head share.</summary>
internal sealed class MqttContext(HubHost hubs, MqttHeadOptions options, MqttMetrics metrics, TimeProvider time, ILogger<MqttHead> logger)
{
    public HubHost Hubs => hubs;

    public MqttHeadOptions Options => options;

    public MqttMetrics Metrics => metrics;

    public TimeProvider Time => time;

    public ILogger<MqttHead> Logger => logger;
}
