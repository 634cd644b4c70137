using System.Diagnostics.CodeAnalysis;
using Nave.Amqp;
using Nave.Hub.Telemetry;

namespace Nave.Server.Amqp.Events;

/// <summary>What a receiver of events says of itself when it attaches. Source: wire facts 8.2.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="Epoch">Its epoch, or <see langword="null"/>.</param>
/// <param name="Name">What it calls itself; the link's name if it says nothing.</param>
/// <param name="WantsMetrics">Whether each message is to say how far behind it is.</param>
internal sealed record EventReceiverOptions(EventPosition Position, long? Epoch, string Name, bool WantsMetrics)
{
    /// <summary>The capability by which a receiver asks for runtime metrics.</summary>
    public const string MetricsCapability = "com.microsoft:enable-receiver-runtime-metric";

    private const string EpochProperty = "com.microsoft:epoch";
    private const string NameProperty = "com.microsoft:receiver-name";

    // Names go into messages to other receivers.
    private const int MaxName = 64;

    /// <summary>Reads an attach.</summary>
    /// <param name="attach">The attach.</param>
    /// <param name="options">What it says.</param>
    /// <param name="problem">What of it cannot be read.</param>
    public static bool TryRead(AmqpAttach attach, [NotNullWhen(true)] out EventReceiverOptions? options, [NotNullWhen(false)] out string? problem)
    {
        options = null;
        if (!EventFilter.TryRead(attach.Source?.Filter, out var position, out problem))
        {
            return false;
        }

        long? epoch = null;
        if (attach.Properties is { } properties && properties.TryGet(EpochProperty, out var value) && !value.IsNull)
        {
            if (!value.TryGetInteger(out var number))
            {
                problem = $"'{EpochProperty}' is {value}; a whole number is permitted.";
                return false;
            }

            epoch = number;
        }

        var name = attach.Properties?[NameProperty].Text ?? attach.Name;
        options = new EventReceiverOptions(
            position,
            epoch,
            name.Length <= MaxName ? name : name[..MaxName],
            attach.DesiredCapabilities?.Contains(MetricsCapability, StringComparer.Ordinal) == true);
        return true;
    }
}
