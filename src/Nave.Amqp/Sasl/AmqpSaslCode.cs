namespace Nave.Amqp;

/// <summary>How a SASL exchange ended. AMQP 1.0 part 5, 5.3.3.6.</summary>
public enum AmqpSaslCode : byte
{
    Ok = 0,

    /// <summary>The credentials are wrong.</summary>
    Auth = 1,
    Sys = 2,
    SysPerm = 3,
    SysTemp = 4,
}
