namespace Nave.Fleet.Sync.Providers.Files;

/// <summary>A form of files of devices.</summary>
internal interface IDeviceFileFormat
{
    /// <summary>Gets a value indicating whether texts of fields are JSON.</summary>
    bool ValuesAreJson { get; }

    /// <summary>Reads all devices, in the order of the file.</summary>
    /// <exception cref="DeviceFileException">The file is malformed.</exception>
    IAsyncEnumerable<ExternalDevice> ReadAsync(Stream file, CancellationToken cancellationToken);

    /// <summary>Writes the devices of a file over again, in their order, followed by new ones.</summary>
    /// <param name="old">The file as it is; <see langword="null"/> = there is none.</param>
    /// <param name="target">Where the new file goes.</param>
    /// <param name="names">The names of fields that devices have which are changed or new.</param>
    /// <param name="change">Gets each device of the old file; returns what becomes of it, <see langword="null"/> = it goes.</param>
    /// <param name="added">Gets the new devices, once all old ones were seen.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="DeviceFileException">The old file is malformed.</exception>
    Task RewriteAsync(
        Stream? old,
        Stream target,
        IReadOnlySet<string> names,
        Func<ExternalDevice, ExternalDevice?> change,
        Func<IEnumerable<ExternalDevice>> added,
        CancellationToken cancellationToken);
}
