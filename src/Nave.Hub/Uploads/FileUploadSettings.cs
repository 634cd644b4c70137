using Nave.Storage.Blobs;

namespace Nave.Hub.Uploads;

/// <summary>
/// Where files of a hub's devices go, and the limits. The numbers are Azure's (its page about the configuration of file upload),
/// except for <see cref="MaxBytes"/>, which a hub needs that takes the files itself.
/// </summary>
public sealed record FileUploadSettings
{
    /// <summary>
    /// Gets the storage account's connection string, a secret: devices then write to the account directly, each with a signature for
    /// its blob. <see langword="null"/> = the hub takes the files and writes them to <see cref="Container"/>.
    /// </summary>
    public string? ConnectionString { get; init; }

    /// <summary>
    /// Gets the container: with a connection string its name; else the URI of one with its signature, a secret, or of a folder
    /// (<c>file:///…</c>).
    /// </summary>
    public required string Container { get; init; }

    /// <summary>Gets how long a device has for a file: 1 min to 1 day. Default 1 h.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets a value indicating whether services are told of files. Azure's default is no; ours is yes.</summary>
    public bool Notifications { get; init; } = true;

    /// <summary>Gets how many uploads a device may have under way: 1 to 100. Default 10.</summary>
    public int MaxActivePerDevice { get; init; } = 10;

    /// <summary>Gets the largest file that the hub itself takes, in bytes: 1 to 195 GB. Default 1 GiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>Finds what is wrong with it.</summary>
    /// <param name="blobs">What containers are permitted.</param>
    /// <returns>What is wrong; <see langword="null"/> if nothing is. It never has a secret.</returns>
    internal string? FindProblem(BlobContainerOptions blobs)
    {
        if (TimeToLive < TimeSpan.FromMinutes(1) || TimeToLive > TimeSpan.FromDays(1))
        {
            return $"The time to live is {TimeToLive}; 1 min to 1 day is permitted.";
        }

        if (MaxActivePerDevice is < 1 or > 100)
        {
            return $"The uploads under way of a device are {MaxActivePerDevice}; 1 to 100 are permitted.";
        }

        if (MaxBytes is < 1 or > 195L << 30)
        {
            return $"The largest file is {MaxBytes} bytes; 1 to {195L << 30} are permitted.";
        }

        try
        {
            if (ConnectionString is null)
            {
                BlobContainers.Open(Container, blobs).Dispose();
            }
            else
            {
                BlobAccount.Parse(ConnectionString);
                return BlobAccount.FindContainerProblem(Container) is { } problem ? $"The container name '{Container}' {problem}." : null;
            }

            return null;
        }
        catch (BlobException e)
        {
            return e.Message;
        }
    }
}
