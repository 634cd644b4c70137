using Microsoft.Extensions.Logging;
using Nave.Hub.Commands;
using Nave.Hub.Limits;
using Nave.Hub.Security;
using Nave.Storage;
using Nave.Storage.Blobs;

namespace Nave.Hub.Uploads;

/// <summary>What file upload stands on.</summary>
internal sealed record FileUploadParts
{
    public required IStateStore Store { get; init; }

    public required KeyProtector Protector { get; init; }

    /// <summary>Gets the hub's name, to which secrets are bound.</summary>
    public required string HubName { get; init; }

    /// <summary>Gets the hub's folder: blocks are kept in it.</summary>
    public required string Folder { get; init; }

    public required FileNotifications Notifications { get; init; }

    public required HubThrottle Throttle { get; init; }

    /// <summary>Gets which containers are permitted, and how to speak to them.</summary>
    public required BlobContainerOptions Blobs { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger<FileUploads> Logger { get; init; }
}
