using Nave.Storage.Blobs;

namespace Nave.Hub.Uploads;

/// <summary>Where files go, opened by its settings. Requests that began with it end with it, also when the settings change meanwhile.</summary>
internal sealed class UploadStorage(FileUploadSettings settings, BlobContainerOptions options)
{
    // The signature by which the hub itself looks into the account.
    private static readonly TimeSpan s_ownAccess = TimeSpan.FromHours(2);

    private readonly Lock _lock = new();
    private IBlobContainer? _container;
    private DateTimeOffset _until;

    public FileUploadSettings Settings { get; } = settings;

    /// <summary>Gets the account that devices write to directly, or <see langword="null"/>.</summary>
    public BlobAccount? Account { get; } = settings.ConnectionString is { } text ? BlobAccount.Parse(text) : null;

    /// <summary>Gets the container as the hub uses it. It is not to be disposed of.</summary>
    public IBlobContainer Container
    {
        get
        {
            lock (_lock)
            {
                var now = options.Time.GetUtcNow();
                if (_container is null || (Account is not null && now > _until - (s_ownAccess / 2)))
                {
                    // Whoever has the old one still uses it; its connections close by themselves.
                    _until = now + s_ownAccess;
                    _container = BlobContainers.Open(Account?.ContainerUri(Settings.Container, BlobAccess.Read | BlobAccess.List, _until) ?? Settings.Container, options);
                }

                return _container;
            }
        }
    }
}
