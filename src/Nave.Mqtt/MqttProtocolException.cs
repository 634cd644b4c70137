namespace Nave.Mqtt;

/// <summary>The peer broke the protocol; the connection has to be closed, with <see cref="Reason"/> where the version has a place for it.</summary>
/// <remarks>The message names the value and the permitted range, never a payload or a password.</remarks>
public sealed class MqttProtocolException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="reason">The code for CONNACK or DISCONNECT.</param>
    /// <param name="message">What was wrong and what is permitted.</param>
    public MqttProtocolException(MqttReason reason, string message)
        : base(message) => Reason = reason;

    /// <summary>Gets the code for CONNACK or DISCONNECT; in 3.1.1 see <see cref="MqttReasons.TryToReturnCode"/>.</summary>
    public MqttReason Reason { get; }
}
