namespace Nave.Api;

/// <summary>The system properties of a message, whatever the protocol calls them. The numbers are stored: never change one.</summary>
public enum SystemProperty : byte
{
    /// <summary>Not a system property: an application property has its own name.</summary>
    None = 0,
    MessageId = 1,
    CorrelationId = 2,
    UserId = 3,
    To = 4,
    ContentType = 5,
    ContentEncoding = 6,
    AbsoluteExpiryTime = 7,
    OutputName = 8,
    InterfaceId = 9,
    Component = 10,
    CreationTime = 11,
    MessageSchema = 12,
    DiagnosticId = 13,
    DiagnosticContext = 14,
    ConnectionDeviceId = 15,
    ConnectionModuleId = 16,
    Ack = 17,
    DataSchema = 18,
}
