using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>What is exported or imported, and how.</summary>
public sealed record BackupOptions
{
    /// <summary>Gets a value indicating whether symmetric keys are exported.</summary>
    public bool WithKeys { get; init; } = true;

    /// <summary>Gets a value indicating whether configurations are exported or imported.</summary>
    public bool WithConfigurations { get; init; } = true;

    /// <summary>Gets the condition in words, for the manifest; <see langword="null"/> = all devices.</summary>
    public string? Where { get; init; }

    /// <summary>Gets what tells whether a device is wanted, from its line; its modules follow it. <see langword="null"/> = all are.</summary>
    public Func<ExportImportDevice, bool>? IsWanted { get; init; }

    /// <summary>Gets the provisioning service whose enrollments are exported or imported; <see langword="null"/> = none.</summary>
    public ProvisioningServiceClient? Provisioning { get; init; }

    /// <summary>Gets what an import does with identities and configurations.</summary>
    public ImportMode Mode { get; init; } = ImportMode.CreateOrUpdate;

    /// <summary>Gets who hears how many devices and modules of the hub or the archive are done, wanted or not; or <see langword="null"/>.</summary>
    public Action<BackupProgress>? Progress { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
