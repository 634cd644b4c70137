using Nave.Api;
using Nave.Hub.Uploads;

namespace Nave.Server.Http.Uploads;

/// <summary>Where files of devices go, which Azure keeps on its management plane: <c>/nave/file-upload</c>. Only the owner may.</summary>
internal static class FileUploadAdminEndpoints
{
    private const string Path = "/nave/file-upload";
    private const string Local = "local";

    public static void Map(HubRoutes routes)
    {
        routes.Service("GET", Path, HubRoutes.Owner, ShowAsync);
        routes.Service("PUT", Path, HubRoutes.Owner, ConfigureAsync);
        routes.Service("DELETE", Path, HubRoutes.Owner, RemoveAsync);
    }

    private static Task ShowAsync(HubRequest request) => request.Hub.Uploads.Settings is { } settings
        ? request.WriteJsonAsync(Describe(settings, request.Hub.Uploads.Address), ServerJson.Wire.FileUploadDescription)
        : request.WriteErrorAsync(new HubError(HubErrorCode.GenericNotFound, "The hub has no storage for files of devices."));

    private static async Task ConfigureAsync(HubRequest request)
    {
        var body = await request.ReadJsonAsync(ServerJson.Default.FileUploadDescription);
        if (!body.IsSuccess)
        {
            await request.WriteErrorAsync(body.Error);
            return;
        }

        var wanted = body.Value;
        if (wanted.Container is not { Length: > 0 } container)
        {
            await request.WriteErrorAsync(new HubError(
                HubErrorCode.ArgumentNull, "'container' is missing; 'local', file:///folder, a container's URI with its signature, or with 'connectionString' its name is permitted."));
            return;
        }

        if (wanted.TimeToLiveMinutes is { } minutes && !(minutes is >= 1 and <= 24 * 60))
        {
            await request.WriteErrorAsync(new HubError(HubErrorCode.ArgumentInvalid, $"'timeToLiveMinutes' is {minutes}; 1 to 1440 are permitted."));
            return;
        }

        var settings = new FileUploadSettings
        {
            ConnectionString = wanted.ConnectionString,
            Container = container == Local && wanted.ConnectionString is null ? request.Hub.Uploads.LocalContainer : container,
        };
        settings = settings with
        {
            TimeToLive = wanted.TimeToLiveMinutes is { } time ? TimeSpan.FromMinutes(time) : settings.TimeToLive,
            Notifications = wanted.Notifications ?? settings.Notifications,
            MaxActivePerDevice = wanted.MaxActivePerDevice ?? settings.MaxActivePerDevice,
            MaxBytes = wanted.MaxBytes ?? settings.MaxBytes,
        };
        var changed = await request.Hub.Uploads.ConfigureAsync(settings, request.Aborted);
        await (changed.IsSuccess ? ShowAsync(request) : request.WriteErrorAsync(changed.Error));
    }

    private static async Task RemoveAsync(HubRequest request)
    {
        var changed = await request.Hub.Uploads.ConfigureAsync(null, request.Aborted);
        await (changed.IsSuccess ? request.NoContentAsync() : request.WriteErrorAsync(changed.Error));
    }

    private static FileUploadDescription Describe(FileUploadSettings settings, Uri? address) => new()
    {
        Address = address?.ToString(),
        TakenBy = settings.ConnectionString is null ? "hub" : "account",
        TimeToLiveMinutes = settings.TimeToLive.TotalMinutes,
        Notifications = settings.Notifications,
        MaxActivePerDevice = settings.MaxActivePerDevice,
        MaxBytes = settings.ConnectionString is null ? settings.MaxBytes : null,
    };
}
