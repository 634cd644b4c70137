namespace Nave.Amqp;

/// <summary>Names of SASL mechanisms.</summary>
public static class AmqpSaslMechanism
{
    public const string Anonymous = "ANONYMOUS";
    public const string Plain = "PLAIN";
    public const string External = "EXTERNAL";

    /// <summary>"Claims come later, over $cbs": what the C SDK says.</summary>
    public const string MsSbCbs = "MSSBCBS";

    /// <summary>Device provisioning's attestation with a TPM: several challenges.</summary>
    public const string Tpm = "TPM";
}
