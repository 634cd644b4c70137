using Microsoft.Extensions.Logging;
using Nave.Hub.Connections;
using Nave.Hub.Security;
using Nave.Storage.Blobs;

namespace Nave.Hub.Hosting;

/// <summary>What all hubs of a process share.</summary>
internal sealed record HubEnvironment
{
    public required HubHostOptions Options { get; init; }

    /// <summary>Gets the folder below which each hub has one for <c>file:</c> containers.</summary>
    public string ExportPath => Path.GetFullPath(Options.ExportFolder ?? Path.Combine(Options.DataFolder, "exports"));

    public required KeyProtector Protector { get; init; }

    public required SessionClock Clock { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Makes how a hub speaks to containers for files of its devices: folders of another hub are not within its reach.</summary>
    public BlobContainerOptions BlobsOf(string hubName) => Options.Blobs with
    {
        FileRoots = [.. (Options.Blobs.FileRoots ?? [Path.Combine(Path.GetFullPath(Options.DataFolder), "files")]).Select(root => Path.Combine(root, hubName))],
        Time = Time,
    };
}
