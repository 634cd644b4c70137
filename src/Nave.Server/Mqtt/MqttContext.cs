using Microsoft.Extensions.Logging;
using Nave.Hub;
using Nave.Server.Connections;

namespace Nave.Server.Mqtt;

/// <summary>What all connections of one MQTT head share.</summary>
internal sealed class MqttContext(HubHost hubs, MqttHeadOptions options, AcceptGate gate, MqttMetrics metrics, TimeProvider time, ILogger<MqttHead> logger)
{
    private volatile bool _stopping;

    public HubHost Hubs => hubs;

    public MqttHeadOptions Options => options;

    public AcceptGate Gate => gate;

    public MqttMetrics Metrics => metrics;

    public TimeProvider Time => time;

    public ILogger<MqttHead> Logger => logger;

    /// <summary>Gets or sets a value indicating whether the head stops: what has arrived is acknowledged, nothing more is read.</summary>
    public bool IsStopping
    {
        get => _stopping;
        set => _stopping = value;
    }
}
