using System.Text.Json.Serialization;

namespace Nave.Server.Http.Uploads;

/// <summary>Where files of devices go, as the owner sets it and, without secrets, sees it.</summary>
internal sealed record FileUploadDescription
{
    /// <summary>Gets the storage account's connection string; never shown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConnectionString { get; init; }

    /// <summary>Gets the container's URI with its signature, or its name; never shown. <c>local</c> = a folder of the hub's in the data folder.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Container { get; init; }

    /// <summary>Gets where files go; shown only.</summary>
    public string? Address { get; init; }

    /// <summary>Gets who takes the files: <c>hub</c> or <c>account</c>; shown only.</summary>
    public string? TakenBy { get; init; }

    /// <summary>Gets how long a device has for a file, in minutes.</summary>
    public double? TimeToLiveMinutes { get; init; }

    /// <summary>Gets whether services are told.</summary>
    public bool? Notifications { get; init; }

    /// <summary>Gets how many uploads of a device may be under way.</summary>
    public int? MaxActivePerDevice { get; init; }

    /// <summary>Gets the largest file that the hub takes, in bytes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MaxBytes { get; init; }
}
