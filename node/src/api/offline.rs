//! Offline files: replication by hand.

use std::time::Duration;

use bytes::Bytes;
use quince_proto::admin::v1 as proto;
use quince_proto::admin::v1::offline_service_server::OfflineService;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use crate::api::{Api, caller};
use crate::office::{Caller, Error};
use crate::replication::Data;
use crate::wire::{from_proto, to_proto};

/// Parts of a file that have arrived and wait to be read.
const PARTS_MAX: usize = 4;

/// A caller that sends no part of its file for so long is gone: a slow stick brings one in seconds.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// Offline files over replication.
#[derive(Debug, Clone)]
pub(super) struct OfflineFiles(pub(super) Api);

type Sent<M> = std::pin::Pin<Box<dyn Stream<Item = Result<M, Status>> + Send>>;

#[tonic::async_trait]
impl OfflineService for OfflineFiles {
    type GetHaveFileStream = Sent<proto::GetHaveFileResponse>;
    type ExportFileStream = Sent<proto::ExportFileResponse>;
    type ImportFileStream = Sent<proto::ImportFileResponse>;

    async fn get_have_file(
        &self,
        request: Request<proto::GetHaveFileRequest>,
    ) -> Result<Response<Self::GetHaveFileStream>, Status> {
        let proto::GetHaveFileRequest {} = request.into_inner();
        let parts = ReceiverStream::new(self.0.offline.have()?);
        Ok(Response::new(Box::pin(parts.map(|part| Ok(to_proto::have_part(part?.data))))))
    }

    async fn export_file(
        &self,
        request: Request<Streaming<proto::ExportFileRequest>>,
    ) -> Result<Response<Self::ExportFileStream>, Status> {
        let caller = caller::known(&request)?;
        let mut stream = request.into_inner();
        let (recipient, plain) = from_proto::export_start(stream.message().await?)?;
        self.0.office.note_offline(&caller, &format!("offline/export/{recipient}")).await?;
        let have = self.arriving(stream, from_proto::export_part);
        let parts = ReceiverStream::new(self.0.offline.export(recipient, plain, have)?);
        let message = |part: crate::replication::Part| {
            to_proto::export_part(part.data, part.entries, part.entries_left)
        };
        Ok(Response::new(Box::pin(parts.map(move |part| Ok(message(part?))))))
    }

    async fn import_file(
        &self,
        request: Request<Streaming<proto::ImportFileRequest>>,
    ) -> Result<Response<Self::ImportFileStream>, Status> {
        let caller: Caller = caller::known(&request)?;
        self.0.office.note_offline(&caller, "offline/import").await?;
        let data = self.arriving(request.into_inner(), |part| Ok(part.data));
        let steps = ReceiverStream::new(self.0.offline.import(data)?);
        Ok(Response::new(Box::pin(steps.map(|step| Ok(to_proto::import_step(step?))))))
    }
}

impl OfflineFiles {
    /// The parts of a file as they arrive, until the caller has sent all, is silent for too long, or the node stops.
    fn arriving<M: Send + 'static>(
        &self,
        mut stream: Streaming<M>,
        part: fn(M) -> Result<Bytes, Error>,
    ) -> Data {
        let (sender, data) = mpsc::channel(PARTS_MAX);
        let stop = self.0.stop.clone();
        self.0.tasks.spawn(async move {
            let pump = async {
                while let Ok(Ok(Some(message))) = tokio::time::timeout(IDLE_MAX, stream.message()).await {
                    let Ok(part) = part(message) else { return };
                    if sender.send(part).await.is_err() {
                        return;
                    }
                }
            };
            stop.run_until_cancelled(pump).await
        });
        data
    }
}
