namespace Nave.Hub.Limits;

/// <summary>The operations that a tier limits, each with its own rate. The numbers index tables: keep them dense.</summary>
internal enum ThrottledOperation
{
    /// <summary>One call of the identity registry, reads included.</summary>
    Registry,

    /// <summary>One new device connection.</summary>
    Connection,

    /// <summary>One device-to-cloud event.</summary>
    DeviceToCloud,

    /// <summary>One cloud-to-device message sent.</summary>
    CloudToDeviceSend,

    /// <summary>One attempt to receive a cloud-to-device message over HTTP.</summary>
    CloudToDeviceReceive,

    /// <summary>4 KiB of direct method payload, request or answer.</summary>
    DirectMethod,

    /// <summary>One page of a query.</summary>
    Query,

    /// <summary>One twin read.</summary>
    TwinRead,

    /// <summary>One twin update, desired, reported or tags.</summary>
    TwinUpdate,

    /// <summary>One file upload that begins.</summary>
    FileUpload,

    /// <summary>One call of the jobs API.</summary>
    Job,

    /// <summary>One device of a scheduled job.</summary>
    JobDevice,

    /// <summary>One call about configurations.</summary>
    Configuration,
}
